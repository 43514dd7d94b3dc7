//! Folders of images, a folder for each class: the parts that are meant, and the names `image` and `label`.

use super::Reader;
use super::idx::pictures;
use crate::recipe::{Parts, Source};
use crate::signature::{Kind, Param, Preset, Signature};

/// `images("flowers")`, `images("flowers", train = "train", test = "test")`
pub(super) static IMAGES: Reader = Reader {
    signature: Signature {
        name: "images",
        doc: "PNG files in folders that are called like their classes.",
        params: &[
            Param::required("path", Kind::Text, "the folder, relative to the text"),
            Param::optional("train", Kind::Text, Preset::Text(""), "the folder in it that is trained on"),
            Param::optional("test", Kind::Text, Preset::Text(""), "the folder in it that is tested on"),
        ],
    },
    source: |args| {
        let test = Some(args.text("test").to_owned()).filter(|test| !test.is_empty());
        let parts = Parts { train: args.text("train").to_owned(), test };
        Ok((args.text("path").to_owned(), Source::Images(parts)))
    },
    fields: |expr, _, env| pictures(expr, true, env),
    agree: |_, _, _| Ok(()),
    examples: ["x = image / 255;", "y = label;"],
    alone: true,
};

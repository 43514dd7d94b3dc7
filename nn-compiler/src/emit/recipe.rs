//! A train section as a constant of the runtime.

use proc_macro2::TokenStream;
use quote::quote;

use super::{control, whole};
use crate::model::Network;
use crate::plan::Plan;
use crate::recipe::optimizers::first;
use crate::recipe::{
    Columns, Csv, Data, Encoding, Field, Grouping, IdxFiles, Parts, Recipe, Source, Split, Text, schedule_tokens,
};

/// `static RECIPE: Recipe = …;`, for a network that is computed so.
pub(super) fn recipe(recipe: &Recipe, network: (&Network, &Plan)) -> TokenStream {
    let data = option(recipe.data.as_ref().map(data));
    let Split { train, validation, test, stratify, shuffle, folds } = recipe.split;
    let folds = option(folds.map(|count| quote!(::nn_runtime::recipe::Folds { count: #count, held: 0 })));
    let loss = (recipe.loss.0.rust)(&recipe.loss.1);
    let (optimizer, args) = &recipe.optimizer;
    let rule = optimizer.tokens(args);
    let schedule = schedule_tokens(args.schedule("lr"));
    let (l1, l2) = (first(args, "l1"), first(args, "l2"));
    let limit = |name: &str| option(Some(first(args, name)).filter(|x| x.is_finite()).map(|x| quote!(#x)));
    let (value, norm) = (limit("clip_value"), limit("clip_norm"));
    let (batch, epochs, seed) = (whole(recipe.batch), whole(recipe.epochs), recipe.seed);
    let early_stop = control::early_stop(recipe.early_stop.as_ref());
    let control = control::control(&recipe.control, args, network);
    let metrics = recipe.metrics.iter().map(|(entry, args)| {
        let metric = (entry.rust)(args);
        quote!(::nn_runtime::Metric::#metric)
    });
    quote! {
        static RECIPE: ::nn_runtime::recipe::Recipe = ::nn_runtime::recipe::Recipe {
            data: #data,
            split: ::nn_runtime::recipe::Split {
                train: #train,
                validation: #validation,
                test: #test,
                stratify: #stratify,
                shuffle: #shuffle,
                folds: #folds,
            },
            loss: ::nn_runtime::Loss::#loss,
            optimizer: #rule,
            schedule: #schedule,
            penalty: ::nn_runtime::Penalty { l1: #l1, l2: #l2 },
            clip: ::nn_runtime::Clip { value: #value, norm: #norm },
            batch: #batch,
            epochs: #epochs,
            seed: #seed,
            early_stop: #early_stop,
            metrics: &[#(#metrics),*],
            control: #control,
        };
    }
}

pub(super) fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(|| quote!(None), |value| quote!(Some(#value)))
}

fn data(data: &Data) -> TokenStream {
    let (path, source) = (&data.path, source(&data.source));
    let (x, y) = (data.x.iter().map(field), data.y.iter().map(field));
    quote! {
        ::nn_runtime::recipe::Data {
            path: #path,
            source: ::nn_runtime::recipe::Source::#source,
            x: &[#(#x),*],
            y: &[#(#y),*],
        }
    }
}

fn source(source: &Source) -> TokenStream {
    match source {
        Source::Csv(table) => csv(table),
        Source::Text(Text { window, stride }) => {
            let (window, stride) = (whole(*window), whole(*stride));
            quote!(Text(::nn_runtime::recipe::Text { window: #window, stride: #stride }))
        }
        Source::Idx(files) => {
            let files = option(files.as_ref().map(idx));
            quote!(Idx(#files))
        }
        Source::Arrays(_) => quote!(Arrays),
        Source::Images(Parts { train, test }) => {
            let test = option(test.as_ref().map(|test| quote!(#test)));
            quote!(Images(::nn_runtime::recipe::Parts { train: #train, test: #test }))
        }
    }
}

fn csv(csv: &Csv) -> TokenStream {
    let separator = csv.separator;
    let header = match csv.header {
        None => quote!(Auto),
        Some(true) => quote!(Present),
        Some(false) => quote!(Absent),
    };
    let missing = match csv.missing {
        "drop" => quote!(DropRow),
        "category" => quote!(Category),
        _ => quote!(Error),
    };
    let grouping = grouping(&csv.grouping);
    let text = |text: &Option<String>| option(text.as_ref().map(|text| quote!(#text)));
    let (weight, test) = (text(&csv.weight), text(&csv.test));
    quote! {
        Csv(::nn_runtime::recipe::Csv {
            header: ::nn_runtime::recipe::Header::#header,
            separator: #separator,
            missing: ::nn_runtime::recipe::Missing::#missing,
            grouping: ::nn_runtime::recipe::Grouping::#grouping,
            weight: #weight,
            test: #test,
        })
    }
}

fn idx(files: &IdxFiles) -> TokenStream {
    let text = |text: &Option<String>| option(text.as_ref().map(|text| quote!(#text)));
    let (images, labels) = (&files.images, text(&files.labels));
    let test = option(files.test.as_ref().map(|(images, labels)| {
        let labels = text(labels);
        quote!((#images, #labels))
    }));
    quote!(::nn_runtime::recipe::IdxFiles { images: #images, labels: #labels, test: #test })
}

fn grouping(grouping: &Grouping) -> TokenStream {
    match grouping {
        Grouping::Rows => quote!(Rows),
        Grouping::Windows { window, horizon, stride } => {
            let [window, horizon, stride] = [window, horizon, stride].map(|rows| whole(*rows));
            quote!(Windows { window: #window, horizon: #horizon, stride: #stride })
        }
        Grouping::Sequences { column, length } => {
            let length = whole(*length);
            quote!(Sequences { column: #column, length: #length })
        }
    }
}

fn field(field: &Field) -> TokenStream {
    let encoding = match &field.encoding {
        Encoding::Number => quote!(Number),
        Encoding::Standardize => quote!(Standardize),
        Encoding::Normalize { channels, stated } => {
            let channels = whole(*channels);
            let stated = stated.iter().map(|(mean, deviation)| quote!((#mean, #deviation)));
            quote!(Normalize { channels: #channels, stated: &[#(#stated),*] })
        }
        Encoding::MinMax { low, high } => quote!(MinMax { low: #low, high: #high }),
        Encoding::OneHot => quote!(OneHot),
        Encoding::Labels => quote!(Labels),
        Encoding::Scale { factor, offset } => quote!(Scale { factor: #factor, offset: #offset }),
    };
    let columns = match &field.columns {
        Columns::Names(names) => quote!(Names(&[#(#names),*])),
        Columns::Indices(indices) => {
            let indices = indices.iter().map(|index| whole(*index));
            quote!(Indices(&[#(#indices),*]))
        }
        Columns::Range(first, end) => {
            let (first, end) = (whole(*first), whole(*end));
            quote!(Range(#first, #end))
        }
        Columns::Array(name, test) => {
            let test = option(test.as_ref().map(|test| quote!(#test)));
            quote!(Array(#name, #test))
        }
    };
    quote! {
        ::nn_runtime::recipe::Field {
            encoding: ::nn_runtime::recipe::Encoding::#encoding,
            columns: ::nn_runtime::recipe::Columns::#columns,
        }
    }
}

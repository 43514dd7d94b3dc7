//! Each public item of nn-runtime has an example in its documentation; knows names and attributes, not what an example shows.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, File, ImplItem, Item, Lit, TraitItem, Type, Visibility};

/// What the sealed half of `Real` alone names: nobody else can reach it.
const SEALED: [(&str, &str); 5] = [
    ("elements.rs", "Each"),
    ("entropy.rs", "Entropy"),
    ("update.rs", "Change"),
    ("update.rs", "Moments"),
    ("update.rs", "Part"),
];

/// The modules of a crate that are not hidden, each with its file.
fn modules(file: &Path, found: &mut Vec<(PathBuf, Vec<Item>)>) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let File { items, .. } = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let stem = file.file_stem().expect("a name");
    let beside = file.parent().expect("a folder");
    let below = if stem == "lib" || stem == "mod" { beside.to_path_buf() } else { beside.join(stem) };
    for item in &items {
        let Item::Mod(module) = item else { continue };
        if module.content.is_some() || has(&module.attrs, "doc", "hidden") || has(&module.attrs, "cfg", "test") {
            continue;
        }
        let file = below.join(format!("{}.rs", module.ident));
        let folder = below.join(module.ident.to_string()).join("mod.rs");
        modules(if file.exists() { &file } else { &folder }, found);
    }
    found.push((file.to_path_buf(), items));
}

/// Whether there is an attribute such as `#[doc(hidden)]`.
fn has(attributes: &[Attribute], name: &str, word: &str) -> bool {
    let is = |attribute: &Attribute| {
        attribute.meta.require_list().is_ok_and(|list| list.path.is_ident(name) && list.tokens.to_string() == word)
    };
    attributes.iter().any(is)
}

/// Whether the documentation has a block of code, or is not shown.
fn shows(attributes: &[Attribute]) -> bool {
    let block = |attribute: &Attribute| match attribute.meta.require_name_value().map(|doc| &doc.value) {
        Ok(Expr::Lit(ExprLit { lit: Lit::Str(line), .. })) => line.value().contains("```"),
        _ => false,
    };
    has(attributes, "doc", "hidden") || attributes.iter().any(block)
}

const fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// The public items that lack an example. `unreachable_pub` sees to it that what is public in a module is public outside.
fn lacking(item: &Item, types: &HashSet<String>) -> Vec<String> {
    let alone = |visibility: &Visibility, attributes: &[Attribute], name: String| {
        if is_public(visibility) && !shows(attributes) { vec![name] } else { Vec::new() }
    };
    match item {
        Item::Struct(item) => alone(&item.vis, &item.attrs, item.ident.to_string()),
        Item::Enum(item) => alone(&item.vis, &item.attrs, item.ident.to_string()),
        Item::Fn(item) => alone(&item.vis, &item.attrs, item.sig.ident.to_string()),
        Item::Trait(item) if is_public(&item.vis) => {
            let own = alone(&item.vis, &item.attrs, item.ident.to_string());
            let methods = item.items.iter().filter_map(|method| match method {
                TraitItem::Fn(method) if !shows(&method.attrs) => Some(format!("{}::{}", item.ident, method.sig.ident)),
                _ => None,
            });
            own.into_iter().chain(methods).collect()
        }
        Item::Impl(item) if item.trait_.is_none() => {
            let Type::Path(path) = &*item.self_ty else { return Vec::new() };
            let name = path.path.segments.last().expect("a name").ident.to_string();
            let methods = item.items.iter().filter_map(|method| match method {
                ImplItem::Fn(method) if is_public(&method.vis) && !shows(&method.attrs) => {
                    Some(format!("{name}::{}", method.sig.ident))
                }
                _ => None,
            });
            if types.contains(&name) { methods.collect() } else { Vec::new() }
        }
        _ => Vec::new(),
    }
}

/// The name of a type that has a page of its own.
fn page(item: &Item) -> Option<String> {
    let (visibility, attributes, name) = match item {
        Item::Struct(item) => (&item.vis, &item.attrs, &item.ident),
        Item::Enum(item) => (&item.vis, &item.attrs, &item.ident),
        _ => return None,
    };
    (is_public(visibility) && !has(attributes, "doc", "hidden")).then(|| name.to_string())
}

#[test]
fn each_public_item_of_the_runtime_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../nn-runtime/src/lib.rs");
    let mut found = Vec::new();
    modules(&root, &mut found);
    let types: HashSet<String> = found.iter().flat_map(|(_, items)| items).filter_map(page).collect();
    assert!(types.contains("Trainer") && types.contains("Predictor"), "the modules are found");
    let lacking: Vec<String> = found
        .iter()
        .flat_map(|(file, items)| {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            items.iter().flat_map(|item| lacking(item, &types)).map(move |item| (name.clone(), item))
        })
        .filter(|(file, item)| !SEALED.contains(&(file, item)))
        .map(|(file, item)| format!("{file}: {item}"))
        .collect();
    assert!(lacking.is_empty(), "write an example in the documentation of\n{}", lacking.join("\n"));
}

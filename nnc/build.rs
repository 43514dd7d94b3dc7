//! Puts the source of the runtime into nnc: its files, a manifest that needs no workspace, and the versions it was tested with.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, Value};

/// The dependency that only the macro needs, and its feature: who has generated code needs neither.
const MACROS: [&str; 3] = ["nn-macros", "macros", "dep:nn-macros"];

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo says where the manifest is")?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo says where output goes")?);
    let root = here.parent().ok_or("nnc lies in a workspace")?;
    let runtime = root.join("nn-runtime");
    for path in ["Cargo.toml", "Cargo.lock", "nn-runtime/Cargo.toml", "nn-runtime/src"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    let workspace: DocumentMut = fs::read_to_string(root.join("Cargo.toml"))?.parse()?;
    let member: DocumentMut = fs::read_to_string(runtime.join("Cargo.toml"))?.parse()?;
    let manifest = standalone(&workspace, member)?;
    let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap_or_default().parse()?;
    let mut source = String::from("static FILES: &[(&str, &str)] = &[\n");
    writeln!(source, "(\"Cargo.toml\", {:?}),", manifest.to_string())?;
    for path in files(&runtime.join("src"))? {
        let name = path.strip_prefix(&runtime)?.to_string_lossy().replace('\\', "/");
        writeln!(source, "({name:?}, include_str!({:?})),", path.display().to_string())?;
    }
    source += "];\nstatic LOCKED: &[(&str, &str)] = &[\n";
    for (name, entry) in locked(&lock, &manifest) {
        writeln!(source, "({name:?}, {entry:?}),")?;
    }
    source += "];\n";
    fs::write(out.join("runtime.rs"), source)?;
    Ok(())
}

/// All Rust files and pages below a folder, in order.
fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut entries =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "html") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The manifest of the runtime with everything written out that it inherits, without what only its own tests and the macro need.
fn standalone(workspace: &DocumentMut, mut member: DocumentMut) -> Result<DocumentMut, Box<dyn Error>> {
    let shared = &workspace["workspace"];
    let package = member["package"].as_table_mut().ok_or("the runtime has a package")?;
    for (key, value) in package.iter_mut() {
        if inherits(value) {
            *value = shared["package"][key.get()].clone();
        }
    }
    package.insert("publish", toml_edit::value(false));
    for part in ["dev-dependencies", "lints"] {
        member.remove(part);
    }
    // Its source asks for the feature all the same.
    member.insert("lints", lints()?);
    // Its tests stay where they belong.
    let mut lib = Table::new();
    lib.insert("test", toml_edit::value(false));
    lib.insert("doctest", toml_edit::value(false));
    member.insert("lib", Item::Table(lib));
    let dependencies = member["dependencies"].as_table_mut().ok_or("the runtime has dependencies")?;
    dependencies.remove(MACROS[0]);
    for (key, value) in dependencies.iter_mut() {
        if inherits(value) {
            *value = Item::Value(Value::InlineTable(dependency(&shared["dependencies"][key.get()], value)));
        }
    }
    let features = member["features"].as_table_mut().ok_or("the runtime has features")?;
    features.remove(MACROS[1]);
    for (_, list) in features.iter_mut() {
        if let Some(list) = list.as_array_mut() {
            list.retain(|feature| !MACROS.contains(&feature.as_str().unwrap_or_default()));
        }
    }
    Ok(member)
}

/// What is no mistake in a source that is made for more.
fn lints() -> Result<Item, Box<dyn Error>> {
    let table: DocumentMut = format!(
        "rust.unexpected_cfgs = {{ level = \"warn\", check-cfg = ['cfg(feature, values(\"{}\"))'] }}",
        MACROS[1]
    )
    .parse()?;
    Ok(Item::Table(table.as_table().clone()))
}

/// Whether something reads `workspace = true`.
fn inherits(item: &Item) -> bool {
    item.get("workspace").and_then(Item::as_bool) == Some(true)
}

/// A dependency as the workspace declares it, with what the member adds.
fn dependency(shared: &Item, member: &Item) -> InlineTable {
    let mut merged = InlineTable::new();
    let version = shared.as_str().or_else(|| shared.get("version").and_then(Item::as_str));
    merged.extend(version.map(|version| ("version", Value::from(version))));
    let off = |item: &Item| item.get("default-features").and_then(Item::as_bool) == Some(false);
    if off(shared) {
        merged.insert("default-features", false.into());
    }
    let features: Array = [shared, member]
        .into_iter()
        .filter_map(|item| item.get("features").and_then(Item::as_array))
        .flat_map(|list| list.iter().filter_map(Value::as_str))
        .collect();
    if !features.is_empty() {
        merged.insert("features", features.into());
    }
    if member.get("optional").and_then(Item::as_bool) == Some(true) {
        merged.insert("optional", true.into());
    }
    merged
}

/// One entry of a lock file.
type Entry<'a> = (&'a str, &'a str, &'a Table);

/// The entries of the workspace's lock file that the runtime needs, each with its name, in order; the runtime's own among them.
fn locked(lock: &DocumentMut, manifest: &DocumentMut) -> Vec<(String, String)> {
    let text = |table: &'_ Table, key: &str| table.get(key).and_then(Item::as_str).unwrap_or_default().to_owned();
    let Some(packages) = lock.get("package").and_then(Item::as_array_of_tables) else { return Vec::new() };
    let all: Vec<(String, String, &Table)> =
        packages.iter().map(|table| (text(table, "name"), text(table, "version"), table)).collect();
    let all: Vec<Entry<'_>> = all.iter().map(|(name, version, table)| (&**name, &**version, *table)).collect();
    let wanted: Vec<&str> = manifest["dependencies"].as_table().into_iter().flatten().map(|(key, _)| key).collect();
    let direct = |on: &&str| wanted.contains(&on.split(' ').next().unwrap_or_default());
    let needs = |entry: &Entry<'_>| -> Vec<String> {
        let list = entry.2.get("dependencies").and_then(Item::as_array);
        let list = list.into_iter().flat_map(|list| list.iter().filter_map(Value::as_str));
        list.filter(|on| entry.0 != "nn-runtime" || direct(on)).map(str::to_owned).collect()
    };
    let find = |on: &str| {
        let (name, version) = on.split_once(' ').map_or((on, None), |(name, rest)| (name, rest.split(' ').next()));
        all.iter().position(|entry| entry.0 == name && version.is_none_or(|version| entry.1 == version))
    };
    let mut reached = BTreeSet::new();
    let mut open: Vec<usize> = find("nn-runtime").into_iter().collect();
    while let Some(index) = open.pop() {
        if reached.insert(index) {
            open.extend(needs(&all[index]).iter().filter_map(|on| find(on)));
        }
    }
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for index in &reached {
        *versions.entry(all[*index].0).or_default() += 1;
    }
    // A version is only stated where there are two.
    let shown = |on: &String| match on.split_once(' ') {
        Some((name, _)) if versions.get(name) == Some(&1) => name.to_owned(),
        _ => on.clone(),
    };
    let entry = |index: &usize| {
        let entry = &all[*index];
        let needs: Vec<String> = needs(entry).iter().map(shown).collect();
        let mut text = format!("[[package]]\nname = \"{}\"\nversion = \"{}\"\n", entry.0, entry.1);
        for key in ["source", "checksum"] {
            if let Some(value) = entry.2.get(key).and_then(Item::as_str) {
                text += &format!("{key} = \"{value}\"\n");
            }
        }
        if !needs.is_empty() {
            let lines: String = needs.iter().map(|on| format!(" \"{on}\",\n")).collect();
            text += &format!("dependencies = [\n{lines}]\n");
        }
        (entry.0.to_owned(), text)
    };
    reached.iter().map(entry).collect()
}

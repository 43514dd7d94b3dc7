//! A text and the texts that it uses, as one program; knows no disk: whoever calls says how a text is read.

use crate::ast::{Item, Program, Use};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// A text that another one uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Used {
    /// Its path, relative to the folder of the first text; folders are divided by `/`.
    pub path: String,
    /// What it says.
    pub text: String,
    /// What its spans are counted from: a place `at` in it has the span `start + at`.
    pub start: usize,
    /// The `use` of the first text that led to it.
    pub by: Span,
}

/// The used text that a span lies in; `None` for the first text.
pub fn text_of(used: &[Used], span: Span) -> Option<&Used> {
    used.iter().rev().find(|text| span.range().start >= text.start)
}

/// A program with the blocks of all texts that it uses.
#[derive(Debug)]
pub struct Gathered {
    /// The items of the first text, and the blocks of the others. Or what is wrong with them.
    pub program: Result<Program, Vec<Diagnostic>>,
    /// The other texts, in the order in which they were met.
    pub used: Vec<Used>,
}

/// Reads the text at a path, relative to the folder of the first one; or says in words why it cannot: "it does not exist".
pub type Load<'a> = dyn FnMut(&str) -> Result<String, String> + 'a;

/// The front end that reads all texts but the first.
pub type Parse = fn(&str) -> Result<Program, Vec<Diagnostic>>;

/// The most texts that one program can use.
const MOST_TEXTS: usize = 1000;

/// Follows each `use`. The spans of the first text end before `end`; those of the others follow.
///
/// Of a text that is used only the blocks count: its networks stay its own. A text that is used twice is read once.
pub fn gather(first: Program, end: usize, load: &mut Load<'_>, parse: Parse) -> Gathered {
    let mut gathering =
        Gathering { load, parse, end: end + 1, used: Vec::new(), mistakes: Vec::new(), blocks: Vec::new() };
    for item in &first.items {
        if let Item::Use(line) = item {
            gathering.follow(line, &mut Vec::new(), line.span);
        }
    }
    let Gathering { used, mistakes, blocks, .. } = gathering;
    let program = if mistakes.is_empty() {
        Ok(Program { items: first.items.into_iter().chain(blocks).collect() })
    } else {
        Err(mistakes)
    };
    Gathered { program, used }
}

struct Gathering<'a, 'l> {
    load: &'a mut Load<'l>,
    parse: Parse,
    /// Behind the last span so far.
    end: usize,
    used: Vec<Used>,
    mistakes: Vec<Diagnostic>,
    blocks: Vec<Item>,
}

impl Gathering<'_, '_> {
    /// Follows one line; `around` are the texts that have led to it, the first text not counted.
    fn follow(&mut self, line: &Use, around: &mut Vec<String>, by: Span) {
        let folder = around.last().and_then(|path| path.rsplit_once('/')).map_or("", |(folder, _)| folder);
        let path = match resolved(folder, &line.path) {
            Ok(path) => path,
            Err(why) => return self.mistake(line, format!("`{}` {why}", line.path)),
        };
        if let Some(at) = around.iter().position(|known| *known == path) {
            let circle = [&around[at..], std::slice::from_ref(&path)].concat();
            let message = format!("texts use each other in a circle: {}", circle.join(" -> "));
            let help = "move the blocks that both need into a text of their own";
            return self.mistakes.push(Diagnostic::new(Code::BadUse, line.path_span, message).help(help));
        }
        if self.used.iter().any(|known| known.path == path) {
            return;
        }
        if self.used.len() == MOST_TEXTS {
            return self.mistake(line, format!("more than {MOST_TEXTS} texts are used"));
        }
        let text = match (self.load)(&path) {
            Ok(text) => text,
            Err(why) => return self.mistake(line, format!("`{path}` cannot be used: {why}")),
        };
        self.take(path, text, around, by);
    }

    /// The blocks of a text, and what it uses itself.
    fn take(&mut self, path: String, text: String, around: &mut Vec<String>, by: Span) {
        let start = self.end;
        self.end += text.len() + 1;
        // In front of the text as many spaces as its spans begin behind: both front ends count from there.
        let text = text.strip_prefix('\u{FEFF}').map_or(text.clone(), str::to_owned);
        let program = (self.parse)(&format!("{}{text}", " ".repeat(start)));
        self.used.push(Used { path: path.clone(), text, start, by });
        match program {
            Ok(program) => {
                around.push(path);
                for item in program.items {
                    match item {
                        Item::Use(line) => self.follow(&line, around, by),
                        Item::Block(_) | Item::Constant(_) => self.blocks.push(item),
                        Item::Network(_) | Item::Train(_) | Item::Search(_) => {}
                    }
                }
                around.pop();
            }
            Err(mistakes) => self.mistakes.extend(mistakes),
        }
    }

    fn mistake(&mut self, line: &Use, message: String) {
        let help = "write a path relative to this text, within the folder of the project: `use \"blocks.nn\";`";
        self.mistakes.push(Diagnostic::new(Code::BadUse, line.path_span, message).help(help));
    }
}

/// A path of a text in `folder`, relative to the folder of the first text; or why it cannot be one.
fn resolved(folder: &str, path: &str) -> Result<String, &'static str> {
    if path.is_empty() || path.ends_with('/') {
        return Err("names no file");
    }
    if path.starts_with('/') || path.contains('\\') || path.contains(':') {
        return Err("is no relative path with `/` between folders");
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return Err("leads out of the folder of the project"),
            ".." => {}
            name => parts.push(name),
        }
    }
    Ok(parts.join("/"))
}

#[cfg(all(test, feature = "text"))]
mod tests {
    use super::*;
    use crate::text;
    use std::collections::BTreeMap;

    fn gathered(texts: &[(&str, &str)]) -> Gathered {
        let texts: BTreeMap<&str, &str> = texts.iter().copied().collect();
        let first = texts["main"];
        let mut load =
            |path: &str| texts.get(path).map(|text| (*text).to_owned()).ok_or("it does not exist".to_owned());
        gather(text::parse(first).expect("a text"), first.len(), &mut load, text::parse)
    }

    fn mistake(texts: &[(&str, &str)]) -> String {
        let Err(mistakes) = gathered(texts).program else { panic!("it is a mistake") };
        mistakes[0].message.clone()
    }

    #[test]
    fn blocks_of_all_texts_are_there_once() {
        let texts = [
            ("main", "use \"a/b.nn\"; use \"c.nn\";"),
            ("a/b.nn", "use \"../c.nn\"; block b(n: dim) < c(n) > network B < b(3) >"),
            ("c.nn", "block c(n: dim) < dense(n) >"),
        ];
        let Gathered { program, used } = gathered(&texts);
        let program = program.expect("all is well");
        let name = |item: &Item| match item {
            Item::Block(block) => block.name.text.clone(),
            _ => "use".to_owned(),
        };
        assert_eq!(program.items.iter().map(name).collect::<Vec<_>>(), ["use", "use", "c", "b"]);
        let Some(Item::Block(block)) = program.items.last() else { panic!("a block") };
        let text = text_of(&used, block.name.span).expect("it is of another text");
        let at = block.name.span.range().start - text.start;
        assert_eq!((text.path.as_str(), &text.text[at..=at]), ("a/b.nn", "b"));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        assert_eq!(mistake(&[("main", "use \"a.nn\";")]), "`a.nn` cannot be used: it does not exist");
        assert_eq!(mistake(&[("main", "use \"../a.nn\";")]), "`../a.nn` leads out of the folder of the project");
        assert_eq!(mistake(&[("main", "use \"/a.nn\";")]), "`/a.nn` is no relative path with `/` between folders");
        let circle = [("main", "use \"a.nn\";"), ("a.nn", "use \"b.nn\";"), ("b.nn", "use \"./a.nn\";")];
        assert_eq!(mistake(&circle), "texts use each other in a circle: a.nn -> b.nn -> a.nn");
    }
}

//! Names of tensors, also of those that stand for many: a pattern and a number, written out only where they are shown.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! let net = Net::new(1);
//! let longest = net.params().map(|param| param.name().to_string().len()).max();
//! assert_eq!(longest, Some("dense_1.weight".len()));
//! ```

use core::fmt::{self, Write};

/// The name of a parameter or a piece of state, such as `repeat_1.2.dense_1.weight`: shown, compared with texts, copied.
///
/// The tensors of a repetition share one pattern with a `*` for each number; a name is the pattern and which copy it is of.
///
/// ```
/// # nn_runtime::network! { network Net < repeat(2) < dense(3->3) > > }
/// # let net = Net::new(1);
/// let names: Vec<String> = net.params().map(|param| param.name().to_string()).collect();
/// assert!(names.contains(&"repeat_1.2.dense_1.weight".into()), "{names:?}");
/// ```
#[derive(Clone, Copy)]
pub struct Name {
    pattern: &'static str,
    copies: &'static [usize],
    copy: usize,
}

impl Name {
    /// The name of one copy, counted from 0 in row-major order; each `*` of the pattern stands for a number from 1 to an entry of `copies`.
    ///
    /// ```
    /// use nn_runtime::Name;
    /// // Two blocks of three layers: the last layer of the first block.
    /// assert_eq!(Name::new("block.*.dense.*", &[2, 3], 2), "block.1.dense.3");
    /// ```
    pub const fn new(pattern: &'static str, copies: &'static [usize], copy: usize) -> Self {
        Self { pattern, copies, copy }
    }

    /// A name of one tensor.
    ///
    /// ```
    /// use nn_runtime::Name;
    /// assert_eq!(Name::plain("dense_1.bias").to_string(), "dense_1.bias");
    /// ```
    pub const fn plain(name: &'static str) -> Self {
        Self::new(name, &[], 0)
    }

    /// The pattern with a `*` for each number: the same for all copies.
    ///
    /// ```
    /// use nn_runtime::Name;
    /// assert_eq!(Name::new("repeat_1.*.bias", &[4], 3).pattern(), "repeat_1.*.bias");
    /// ```
    pub const fn pattern(&self) -> &'static str {
        self.pattern
    }

    /// The number that stands for the `*` of this place, from 1.
    fn number(&self, star: usize) -> usize {
        let inner: usize = self.copies[star + 1..].iter().product();
        self.copy / inner % self.copies[star] + 1
    }

    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        for (at, text) in self.pattern.split('*').enumerate() {
            if at > 0 && at <= self.copies.len() {
                write!(out, "{}", self.number(at - 1))?;
            } else if at > 0 {
                out.write_char('*')?;
            }
            out.write_str(text)?;
        }
        Ok(())
    }

    /// Characters in it.
    fn width(&self) -> usize {
        let mut count = Count(0);
        // Counting never fails.
        let _ = self.write(&mut count);
        count.0
    }
}

/// Counts characters.
struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.chars().count();
        Ok(())
    }
}

/// What is still to be found of a text.
struct Rest<'a>(&'a str);

impl Write for Rest<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(text).ok_or(fmt::Error)?;
        Ok(())
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.copies.is_empty() {
            return f.pad(self.pattern);
        }
        let space = f.width().map_or(0, |width| width.saturating_sub(self.width()));
        let before = match f.align() {
            Some(fmt::Alignment::Right) => space,
            Some(fmt::Alignment::Center) => space / 2,
            _ => 0,
        };
        let fill = f.fill();
        (0..before).try_for_each(|_| f.write_char(fill))?;
        self.write(f)?;
        (before..space).try_for_each(|_| f.write_char(fill))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", format_args!("{self}"))
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, text: &str) -> bool {
        let mut rest = Rest(text);
        self.write(&mut rest).is_ok() && rest.0.is_empty()
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

impl PartialEq<Name> for str {
    fn eq(&self, name: &Name) -> bool {
        *name == *self
    }
}

impl PartialEq<Name> for &str {
    fn eq(&self, name: &Name) -> bool {
        *name == **self
    }
}

#[cfg(feature = "alloc")]
impl PartialEq<alloc::string::String> for Name {
    fn eq(&self, text: &alloc::string::String) -> bool {
        *self == **text
    }
}

impl PartialEq for Name {
    /// Whether both read the same.
    fn eq(&self, other: &Name) -> bool {
        match (self.copies, other.copies) {
            (_, []) => *self == *other.pattern,
            ([], _) => *other == *self.pattern,
            // Patterns of one network differ in more than numbers.
            _ => (self.pattern, self.copies, self.copy) == (other.pattern, other.copies, other.copy),
        }
    }
}

impl Eq for Name {}

/// Names for a message: those of copies of one tensor that follow each other are shown as the first and the last.
#[cfg(feature = "alloc")]
pub(crate) fn list(f: &mut fmt::Formatter<'_>, names: &[Name]) -> fmt::Result {
    for (at, copies) in names.chunk_by(|a, b| core::ptr::eq(a.pattern, b.pattern)).enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        match copies {
            [first, .., last] => write!(f, "{comma}{first} to {last}")?,
            _ => copies.iter().try_for_each(|name| write!(f, "{comma}{name}"))?,
        }
    }
    Ok(())
}

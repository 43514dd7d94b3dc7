//! Pictures within the page: PNG as an address that holds its data (RFC 2397); knows pixels only.

use std::string::String;
use std::vec::Vec;

use crate::report::Image;

/// The address of a picture; none if its size does not fit its bytes.
pub(super) fn address(image: &Image) -> Option<String> {
    let bytes = crate::picture::png(image).ok()?;
    Some(std::format!("data:image/png;base64,{}", base64(&bytes)))
}

/// RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let all = group.iter().enumerate().fold(0, |all, (place, byte)| all | u32::from(*byte) << (16 - 8 * place));
        let letter =
            |place: usize| if place > group.len() { b'=' } else { LETTERS[(all >> (18 - 6 * place)) as usize & 63] };
        text.extend((0..4).map(letter));
    }
    text.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn the_vectors_of_the_standard() {
        let texts = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(texts, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }
}

//! Pictures as PNG files; knows pixels only.

pub(crate) mod grid;

use std::string::{String, ToString};
use std::vec::Vec;

use crate::report::Image;

/// The bytes of a PNG file.
///
/// # Errors
/// In words: if the size does not fit the bytes, or there is no pixel.
pub(crate) fn png(image: &Image) -> Result<Vec<u8>, String> {
    let Image { width, height, channels, bytes } = image;
    let (Ok(columns), Ok(rows)) = (u32::try_from(*width), u32::try_from(*height)) else {
        return Err(std::format!("a picture of {width} x {height} is too large"));
    };
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, columns, rows);
    encoder.set_color(if *channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(bytes).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::png;
    use crate::report::Image;
    use std::vec;

    #[test]
    fn what_is_written_is_read_again() {
        let image = Image { width: 2, height: 3, channels: 3, bytes: (0..18).collect() };
        let file = png(&image).expect("a picture");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("pixels");
        assert_eq!((info.width, info.height, bytes), (2, 3, image.bytes.clone()));
        assert!(png(&Image { height: 4, ..image }).is_err(), "the bytes are too few");
    }
}

//! How many channels `normalize` has to do with: the last axis of the input of the network, or of its output.

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::Spans;
use crate::model::Network;
use crate::recipe::{Data, Encoding, Field};
use crate::words;

/// Fills in the number of channels wherever a field is normalised.
///
/// # Errors
/// If the network takes values without channels, or the text states another number of means.
pub(in crate::check) fn channels(data: &mut Data, spans: &Spans, network: &Network) -> Result<(), Diagnostic> {
    let alone = (data.x.len() == inputs(network)).then_some(());
    for (at, field) in data.x.iter_mut().enumerate() {
        let shape = alone.and_then(|()| network.inputs.get(at)).map(|port| &port.shape[..]);
        fill(field, shape, spans.x, network)?;
    }
    // Outputs of an axis by themselves are those of a network that rebuilds what has channels.
    let output = if network.training.is_none() && network.output.len() > 1 { &network.output } else { &network.input };
    let shape = network.inputs.iter().find(|port| network.training.is_some() && port.name == "y");
    let shape = shape.map_or(output, |port| &port.shape);
    data.y.iter_mut().try_for_each(|field| fill(field, Some(shape), spans.y, network))
}

/// How many inputs there are beside the targets of a training.
fn inputs(network: &Network) -> usize {
    network.inputs.iter().filter(|port| network.training.is_none() || port.name != "y").count()
}

fn fill(field: &mut Field, shape: Option<&[usize]>, span: Span, network: &Network) -> Result<(), Diagnostic> {
    let Encoding::Normalize { channels, stated } = &mut field.encoding else { return Ok(()) };
    let wrong = |message: String| Diagnostic::new(Code::DataWidth, span, message);
    let Some(shape) = shape else {
        let message = format!("`normalize` does not know which input of `{}` an array is", network.name);
        return Err(wrong(message).help("give each input an array of its own: `concat(normalize(…), …)`"));
    };
    let [_, .., last] = *shape else {
        let message = format!("`normalize` is by channel, and `{}` takes {}", network.name, words::shape(shape));
        return Err(wrong(message)
            .also(network.span, format!("takes {}", words::shape(shape)))
            .help("take `standardize(…)`, or let the network take [height, width, channels]"));
    };
    if stated.len() > 1 && stated.len() != last {
        let (means, found) = (words::count(stated.len(), "channel"), words::count(last, "channel"));
        let message = format!("`normalize` states means for {means}, but `{}` takes {found}", network.name);
        return Err(wrong(message).also(network.span, format!("takes {}", words::shape(shape))));
    }
    *channels = last;
    Ok(())
}

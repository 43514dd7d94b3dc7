//! RTNeural's grid: dense layers, GRUs and LSTMs of 4 to 64 units, 10 seconds of sound at 48 kHz, one sample at a time.
//!
//! What a recurrent layer carries goes from the result of one call into the input of the next, as a program would do that has one sample
//! at a time; moving it there is a part of what is timed.

use std::error::Error;
use std::hint::black_box;
use std::slice;

use nn_benches::clock::{self, Start};
use nn_benches::published::{Published, Repeated};
use nn_benches::statistics::median;
use nn_runtime::rng::Stream;

use crate::networks::{
    Dense4, Dense8, Dense16, Dense32, Dense64, Gru4, Gru8, Gru16, Gru32, Gru64, Lstm4, Lstm8, Lstm16, Lstm32, Lstm64,
};
use crate::{Bench, Plan};

/// 10 seconds of sound at 48 kHz.
const SAMPLES: usize = 480_000;
/// The highest clock of the published processor, an i7-8700B, by its maker; its lowest is 3.2 GHz.
const PUBLISHED_CLOCK: f64 = 4.6e9;

/// Runs one network over all samples; `$carried` values go from call to call. Nanoseconds a sample are RTNeural's best.
macro_rules! cell {
    ($bench:expr, $clock:expr, $name:literal, $type:ident, $units:literal + $carried:literal, $macs:expr, $nanoseconds:literal) => {{
        const INPUTS: usize = $units + $carried;
        const OUTPUTS: usize = if $carried == 0 { $units } else { $carried };
        let (net, signal) = ($type::new(1), signal::<$units>());
        repeat($bench, $clock, concat!($name, " ", stringify!($units)), $macs, $nanoseconds, || {
            let (mut input, mut output) = ([0.0; INPUTS], [0.0; OUTPUTS]);
            for sample in &signal {
                input[..$units].copy_from_slice(sample);
                net.predict_into(slice::from_ref(&input), slice::from_mut(black_box(&mut output)))?;
                // A dense layer carries nothing.
                input[$units..].copy_from_slice(&output[..$carried]);
            }
            Ok(())
        })?
    }};
}

/// All layers of the grid, on one thread.
#[rustfmt::skip]
pub(crate) fn run(bench: &Bench<'_>) -> Result<Vec<Repeated>, Box<dyn Error>> {
    clock::keep_to_last(&bench.processors, 1)?;
    let clock = clock();
    Ok(vec![
        cell!(bench, clock, "dense", Dense4, 4 + 0, 4 * 4, 3.38),
        cell!(bench, clock, "dense", Dense8, 8 + 0, 8 * 8, 6.21),
        cell!(bench, clock, "dense", Dense16, 16 + 0, 16 * 16, 18.47),
        cell!(bench, clock, "dense", Dense32, 32 + 0, 32 * 32, 75.99),
        cell!(bench, clock, "dense", Dense64, 64 + 0, 64 * 64, 271.24),
        cell!(bench, clock, "gru", Gru4, 4 + 4, 6 * 4 * 4, 61.59),
        cell!(bench, clock, "gru", Gru8, 8 + 8, 6 * 8 * 8, 105.50),
        cell!(bench, clock, "gru", Gru16, 16 + 16, 6 * 16 * 16, 219.14),
        cell!(bench, clock, "gru", Gru32, 32 + 32, 6 * 32 * 32, 736.04),
        cell!(bench, clock, "gru", Gru64, 64 + 64, 6 * 64 * 64, 2402.00),
        cell!(bench, clock, "lstm", Lstm4, 4 + 8, 8 * 4 * 4, 77.64),
        cell!(bench, clock, "lstm", Lstm8, 8 + 16, 8 * 8 * 8, 148.46),
        cell!(bench, clock, "lstm", Lstm16, 16 + 32, 8 * 16 * 16, 320.45),
        cell!(bench, clock, "lstm", Lstm32, 32 + 64, 8 * 32 * 32, 884.25),
        cell!(bench, clock, "lstm", Lstm64, 64 + 128, 8 * 64 * 64, 3224.88),
    ])
}

/// Seconds of a sample over a whole signal.
fn repeat(
    bench: &Bench<'_>,
    clock: f64,
    name: &'static str,
    macs: usize,
    nanoseconds: f64,
    mut all: impl FnMut() -> Result<(), nn_runtime::Error>,
) -> Result<Repeated, Box<dyn Error>> {
    let published = Published {
        source: format!(
            "RTNeural-compare (results/, November 2023), the best of its three backends, compiled in: i7-8700B; by clock: at the {:.2} GHz \
             measured here for its highest {:.1} GHz",
            clock / 1e9,
            PUBLISHED_CLOCK / 1e9
        ),
        seconds: nanoseconds * 1e-9,
        scaled: Some(nanoseconds * 1e-9 * PUBLISHED_CLOCK / clock),
        result: String::new(),
    };
    let plan = Plan { name, threads: 1, operations: 2.0 * macs as f64, parts: SAMPLES as f64, published };
    bench.repeat(plan, |start| {
        all()?;
        Ok((start.cost(), Vec::new()))
    })
}

/// Noise between -1 and 1.
fn signal<const N: usize>() -> Vec<[f32; N]> {
    let noise = Stream { seed: 1, stream: 0, step: 0 };
    let value = |at: usize| (2.0 * noise.uniform(at as u64) - 1.0) as f32;
    (0..SAMPLES).map(|sample| std::array::from_fn(|place| value(N * sample + place))).collect()
}

/// Cycles a second of this processor now: by a chain of products of 3 cycles, each with a sum of 1 behind it, as on processors of Intel since
/// Nehalem and of AMD since Zen 2.
fn clock() -> f64 {
    const LENGTH: u64 = 1 << 22;
    let measure = |_| {
        // With numbers that the compiler knows, it would make one product of several.
        let (factor, term) = (black_box(0x5851_F42D_4C95_7F2D_u64), black_box(0x1405_7B7E_F767_814F_u64));
        let start = Start::now();
        black_box((0..LENGTH).fold(1, |value: u64, _| value.wrapping_mul(factor).wrapping_add(term)));
        4.0 * LENGTH as f64 / start.cost().processor.as_secs_f64()
    };
    median((0..9).map(measure)).expect("nine measurements")
}

//! A pole on a cart, to be kept upright by pushing the cart; knows nothing of learning.
//!
//! The equations are those of Barto, Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult learning control problems" (1983), for
//! a pole without friction; numbers, bounds and the end after 500 moves are those of CartPole-v1 of Gymnasium.

/// Position of the cart in metres, its speed, angle of the pole in radians (0 is upright), its speed.
pub(crate) type State = [f32; 4];

/// The moves after which an episode ends by itself: the greatest return.
pub(crate) const LONGEST: usize = 500;

const GRAVITY: f32 = 9.8;
const CART: f32 = 1.0;
const POLE: f32 = 0.1;
const TOTAL: f32 = CART + POLE;
/// Half of the length of the pole, in metres.
const HALF: f32 = 0.5;
const FORCE: f32 = 10.0;
/// Seconds of a move.
const TICK: f32 = 0.02;
const FARTHEST: f32 = 2.4;
const STEEPEST: f32 = 12.0 * std::f32::consts::PI / 180.0;

/// Where an episode begins: four numbers from 0 to 1 become small ones around 0.
pub(crate) fn begin(numbers: [f64; 4]) -> State {
    numbers.map(|number| (number as f32 - 0.5) * 0.1)
}

/// A push to the left (0) or right (1), by Euler's method; whether the pole still stands behind it, and the cart is on its track.
pub(crate) fn push([x, speed, angle, turning]: State, action: usize) -> (State, bool) {
    let force = if action == 1 { FORCE } else { -FORCE };
    let (sin, cos) = angle.sin_cos();
    let pushed = (force + POLE * HALF * turning * turning * sin) / TOTAL;
    let fall = (GRAVITY * sin - cos * pushed) / (HALF * (4.0 / 3.0 - POLE * cos * cos / TOTAL));
    let drive = pushed - POLE * HALF * fall * cos / TOTAL;
    let after = [x + TICK * speed, speed + TICK * drive, angle + TICK * turning, turning + TICK * fall];
    (after, after[0].abs() <= FARTHEST && after[2].abs() <= STEEPEST)
}

#[cfg(test)]
mod tests {
    use super::{State, begin, push};

    /// Of Gymnasium 1.4: `env.unwrapped.state = (0.01, -0.02, 0.03, 0.04); env.step(1)`, and another one.
    #[test]
    fn a_push_is_that_of_gymnasium() {
        let same = |(is, stands): (State, bool), expected: State| {
            assert!(stands && is.iter().zip(expected).all(|(is, expected)| (is - expected).abs() < 1e-6), "{is:?}");
        };
        same(push([0.01, -0.02, 0.03, 0.04], 1), [0.0096, 0.174_679_19, 0.0308, -0.243_068_72]);
        same(push([-0.5, 1.2, -0.1, -0.7], 0), [-0.476, 1.006_396_2, -0.114, -0.440_396]);
    }

    /// After as many pushes as in Gymnasium.
    #[test]
    fn it_ends_when_the_pole_falls() {
        let mut state = begin([0.5; 4]);
        let moves = (1..).find(|_| {
            let (after, stands) = push(state, 1);
            state = after;
            !stands
        });
        assert_eq!(moves, Some(9));
    }
}

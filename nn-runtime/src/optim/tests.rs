//! Optimizers and schedules against PyTorch 2.15 in f64.
//!
//! Parameters begin as `[1, -0.5, 0.25]`; the gradient of step `t` is `2 a p + sin(t + i)` with `a = [0.5, 2, 1]`; learning rate 0.05.
//! The numbers are the parameters after 1, 2, 10 and 20 steps of `torch.optim`; lion follows its paper.

use super::{Clip, Decay, Optimizer, Penalty, Schedule};
use crate::team::Team;

type Steps = [[f64; 3]; 4];

fn assert_agrees(optimizer: Optimizer, expected: Steps) {
    let mut params = [1.0, -0.5, 0.25];
    let mut state = [0.0; 7];
    let state = &mut state[..optimizer.state_values(3)];
    for step in 1..=20_u64 {
        let curvature = [0.5, 2.0, 1.0];
        let gradients =
            core::array::from_fn::<f64, 3, _>(|i| 2.0 * curvature[i] * params[i] + libm::sin(step as f64 + i as f64));
        optimizer.update(&Team::ALONE, &mut params, &gradients, state, step, 0.05);
        if let Some(place) = [1, 2, 10, 20].iter().position(|&seen| seen == step) {
            for (found, expected) in params.iter().zip(expected[place]) {
                assert!((found - expected).abs() < 1e-9, "{optimizer:?}, step {step}: {found} instead of {expected}");
            }
        }
    }
}

#[test]
fn optimizers_agree_with_pytorch_for_20_steps() {
    #[rustfmt::skip]
    let cases: [(Optimizer, Steps); 13] = [
        (Optimizer::sgd(), [
            [0.90792645076, -0.445464871341, 0.217943999597],
            [0.81706525688, -0.363427897476, 0.233989724403],
            [0.54824187778, -0.016100771675, 0.158068315101],
            [0.335384924306, -0.060078228201, -0.008869931549],
        ]),
        (Optimizer::sgd().weight_decay(0.1), [
            [0.90292645076, -0.442964871341, 0.216693999597],
            [0.807800624627, -0.359213073119, 0.231781254405],
            [0.51906426396, -0.012558001371, 0.152650292631],
            [0.30085423454, -0.059583771274, -0.012585799044],
        ]),
        (Optimizer::momentum().weight_decay(0.1), [
            [0.90292645076, -0.442964871341, 0.216693999597],
            [0.72043443031, -0.307881457326, 0.201805854042],
            [-0.496232269603, -0.060205760416, -0.125515266024],
            [0.08086199598, 0.188160888321, 0.040739372475],
        ]),
        (Optimizer::nesterov(), [
            [0.825060256443, -0.396383255548, 0.189093599234],
            [0.585716701648, -0.214990564992, 0.199096692108],
            [-0.385145205628, 0.000989206347, -0.011240416265],
            [0.008871350666, -0.075745308762, -0.067640274818],
        ]),
        (Optimizer::adagrad(), [
            [0.950000000003, -0.450000000005, 0.200000000008],
            [0.914474767944, -0.408221447847, 0.224314671049],
            [0.816539725141, -0.261288419292, 0.174993096082],
            [0.737235606994, -0.195232220214, 0.096903030327],
        ]),
        (Optimizer::rmsprop().weight_decay(0.1), [
            [0.500000025754, -0.000000043833, -0.249999924938],
            [0.198614898262, -0.061693156022, 0.194139992421],
            [0.012088229237, 0.238837941577, 0.216758922012],
            [-0.017662245895, -0.183300444407, -0.114746911241],
        ]),
        (Optimizer::adam(), [
            [0.950000000272, -0.450000000458, 0.20000000078],
            [0.899988025063, -0.400506866471, 0.188829121681],
            [0.593497036895, -0.062355267855, 0.087221386101],
            [0.303088877617, 0.115218624781, -0.041105865558],
        ]),
        (Optimizer::adam().weight_decay(0.1), [
            [0.950000000258, -0.450000000438, 0.200000000751],
            [0.899991689701, -0.400445665537, 0.18689979183],
            [0.585315431781, -0.061123695826, 0.07833670642],
            [0.284248092282, 0.116217849385, -0.046284373286],
        ]),
        (Optimizer::adamw(), [
            [0.949500000272, -0.449750000458, 0.19987500078],
            [0.899013593632, -0.4000298996, 0.18861871697],
            [0.589743751887, -0.061195025813, 0.08663146688],
            [0.298215729917, 0.115001309986, -0.041228206389],
        ]),
        (Optimizer::adamax().weight_decay(0.1), [
            [0.950000000258, -0.450000000438, 0.200000000751],
            [0.900155444692, -0.407828258921, 0.189611147356],
            [0.672503219095, -0.157257612425, 0.127035487422],
            [0.472633828859, 0.005008373617, 0.027801031037],
        ]),
        (Optimizer::nadam(), [
            [0.947177411369, -0.447177411567, 0.197177411906],
            [0.90785270364, -0.401863163246, 0.220155836961],
            [0.705596310217, -0.150078370706, 0.140941449091],
            [0.454140441642, -0.02287092577, -0.023826308816],
        ]),
        (Optimizer::adadelta().weight_decay(0.1), [
            [0.999841886327, -0.499841886725, 0.249841887899],
            [0.999677059778, -0.499647380907, 0.249918988514],
            [0.998878147265, -0.498080977352, 0.249409621236],
            [0.997853573665, -0.496347893094, 0.248099989253],
        ]),
        (Optimizer::lion().weight_decay(0.1), [
            [0.945, -0.4475, 0.19875],
            [0.890275, -0.3952625, 0.24775625],
            [0.462211435123, 0.013343630109, 0.140002706313],
            [-0.049284716979, 0.0094981415, -0.160200877701],
        ]),
    ];
    for (optimizer, steps) in cases {
        assert_agrees(optimizer, steps);
    }
}

fn assert_rates(schedule: Schedule, per_epoch: u64, expected: &[f64]) {
    for (done, expected) in expected.iter().enumerate() {
        let found = schedule.at(done as u64 + 1, per_epoch, expected_len(per_epoch));
        assert!((found - expected).abs() < 1e-12, "{schedule:?}, step {}: {found} instead of {expected}", done + 1);
    }
}

/// Runs of 10 steps, or of 4 epochs.
fn expected_len(per_epoch: u64) -> u64 {
    if per_epoch == 1 { 10 } else { 4 * per_epoch }
}

#[test]
fn schedules_agree_with_pytorch() {
    #[rustfmt::skip]
    let cosine = [0.1, 0.09779754323328192, 0.09140576474687263, 0.08145033635316129, 0.06890576474687264, 0.055,
        0.04109423525312737, 0.028549663646838717, 0.01859423525312737, 0.012202456766718092];
    assert_rates(Schedule::cosine(0.1, 0.01), 1, &cosine);
    #[rustfmt::skip]
    let one_cycle = [0.004, 0.052, 0.1, 0.09504846320134738, 0.0811745653949763, 0.06112620219362893,
        0.03887419780637107, 0.0188258346050237, 0.004951936798652629, 4e-7];
    assert_rates(Schedule::one_cycle(0.1), 1, &one_cycle);
    assert_rates(Schedule::step(0.1, 3.0, 0.1), 1, &[0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.001, 0.001, 0.001, 0.0001]);
    assert_rates(Schedule::exponential(0.1, 0.95), 2, &[0.1, 0.1, 0.095, 0.095, 0.09025, 0.09025]);
}

#[test]
fn a_warm_up_rises_linearly_and_the_decay_begins_after_it() {
    let schedule = Schedule::exponential(0.1, 0.5).warmup(2.0);
    assert_rates(schedule, 2, &[0.025, 0.05, 0.075, 0.1, 0.1, 0.1, 0.05, 0.05]);
}

#[test]
fn a_rate_can_stay_before_it_falls_and_fall_with_time() {
    // Ten steps, of which four change nothing; then 0, 1/6, … of the way.
    let cosine = |part: f64| 0.1 * 0.5 * (1.0 + (core::f64::consts::PI * part).cos());
    let mut flat = [0.1; 10];
    (4..10).for_each(|step| flat[step] = cosine((step as f64 - 4.0) / 6.0));
    assert_rates(Schedule::flat_cosine(0.1, 0.4), 1, &flat);
    // Two steps are an epoch: 1 + 0.5 t.
    let inverse = [1.0, 1.25, 1.5, 1.75, 2.0, 2.25].map(|divisor: f64| 0.1 / divisor);
    assert_rates(Schedule::inverse_time(0.1, 0.5), 2, &inverse);
    let root = Schedule { decay: Decay::InverseTime { rate: 1.0, power: 0.5 }, ..Schedule::constant(0.1) };
    assert_rates(root, 1, &[1.0, 2.0, 3.0, 4.0].map(|time: f64| 0.1 / time.sqrt()));
}

#[test]
fn past_the_end_the_last_rate_stays() {
    let schedule = Schedule::cosine(0.1, 0.0);
    assert_eq!(schedule.at(99, 1, 10), schedule.at(10, 1, 10));
}

#[test]
fn clips_limit_values_first_and_then_the_norm() {
    let mut gradients = [3.0, -4.0, 0.5];
    Clip { value: Some(1.0), norm: None }.apply(&mut gradients);
    assert_eq!(gradients, [1.0, -1.0, 0.5]);
    let mut gradients = [3.0, -4.0];
    Clip { value: None, norm: Some(1.0) }.apply(&mut gradients);
    // clip_grad_norm_: 1 / (5 + 1e-6)
    assert!((gradients[0] - 3.0 / 5.000001_f64).abs() < 1e-15);
    let mut small = [0.3, -0.4];
    Clip { value: None, norm: Some(1.0) }.apply(&mut small);
    assert_eq!(small, [0.3, -0.4]);
    assert!(Clip { value: Some(0.0), norm: None }.check().is_err());
}

#[test]
fn penalties_add_value_and_gradient() {
    let mut gradients = [0.0, 1.0, 0.0];
    let value = Penalty { l1: 0.1, l2: 0.5 }.apply(&[2.0, -1.0, 0.0], &mut gradients);
    assert!((value - (0.3 + 2.5_f64)).abs() < 1e-12);
    assert_eq!(gradients, [0.1 + 2.0, 1.0 + (-0.1 - 1.0), 0.0]);
}

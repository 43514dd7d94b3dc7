"""Cases for schedules: the learning rate of each step of a run.

Written from the formulas, and compared with `torch.optim.lr_scheduler` wherever it has the same schedule. The learning rate of the step
with number s (from 0) in a run of T steps, S of them an epoch, after W = warmup * S steps of warm-up:

    ramp * decay(max(0, s - W)), ramp = min(1, (s + 1) / W), and the decay as if the run had T - W steps.
"""

import math

import torch
from torch.optim import lr_scheduler as torch_schedules


def anneal(start, end, part):
    return end + (start - end) * (1.0 + math.cos(math.pi * min(1.0, part))) / 2.0


def constant(lr):
    return lambda s, epoch, total: lr


def step(lr, every, factor=0.1):
    return lambda s, epoch, total: lr * factor ** math.floor(epoch / every)


def exponential(lr, factor=0.95):
    return lambda s, epoch, total: lr * factor**epoch


def cosine(lr, low=0.0):
    return lambda s, epoch, total: anneal(lr, low, s / total)


def one_cycle(lr, start=25.0, end=250_000.0, peak=0.3):
    def at(s, epoch, total):
        top, last = peak * total - 1.0, total - 1.0
        return anneal(lr / start, lr, s / top) if s <= top else anneal(lr, lr / end, (s - top) / (last - top))

    return at


def run(decay, per_epoch, total, warmup=0):
    """The learning rates of all steps."""
    warm = warmup * per_epoch
    rates = []
    for s in range(total):
        done = max(0, s - warm)
        ramp = min(1.0, (s + 1) / warm) if warm else 1.0
        rates.append(ramp * decay(done, done // per_epoch, max(1, total - warm)))
    return rates


def torch_rates(make, lr, total, per_call=1):
    """The same from PyTorch; `per_call` steps between two calls of its scheduler."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=lr)
    schedule = make(optimizer)
    rates = []
    for s in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if (s + 1) % per_call == 0 and s + 1 < total:
            schedule.step()
    return rates


def warmed(steps, after):
    """PyTorch's linear warm-up, then another schedule."""
    t = torch_schedules

    def make(o):
        first = t.LinearLR(o, start_factor=1.0 / steps, total_iters=steps - 1)
        return t.SequentialLR(o, [first, after(o)], milestones=[steps])

    return make


def cases():
    t, S, T = torch_schedules, 5, 40
    table = [
        ("constant", "constant(0.1)", constant(0.1), 0, lambda: torch_rates(lambda o: t.ConstantLR(o, 1.0), 0.1, T)),
        ("step", "step(0.1, every = 3)", step(0.1, 3), 0, lambda: torch_rates(lambda o: t.StepLR(o, 3 * S), 0.1, T)),
        ("step_factor", "step(0.2, every = 1, factor = 0.5)", step(0.2, 1, 0.5), 0,
         lambda: torch_rates(lambda o: t.StepLR(o, S, 0.5), 0.2, T)),
        ("exponential", "exponential(0.1)", exponential(0.1), 0, lambda: torch_rates(lambda o: t.ExponentialLR(o, 0.95), 0.1, T, S)),
        ("exponential_factor", "exponential(0.1, factor = 0.8)", exponential(0.1, 0.8), 0,
         lambda: torch_rates(lambda o: t.ExponentialLR(o, 0.8), 0.1, T, S)),
        ("cosine", "cosine(0.1)", cosine(0.1), 0, lambda: torch_rates(lambda o: t.CosineAnnealingLR(o, T), 0.1, T)),
        ("cosine_min", "cosine(0.1, min = 0.01)", cosine(0.1, 0.01), 0,
         lambda: torch_rates(lambda o: t.CosineAnnealingLR(o, T, 0.01), 0.1, T)),
        ("one_cycle", "one_cycle(0.1)", one_cycle(0.1), 0, lambda: torch_rates(lambda o: t.OneCycleLR(o, 0.1, T), 0.1, T)),
        ("one_cycle_arguments", "one_cycle(0.1, start = 10, end = 1000, peak = 0.45)", one_cycle(0.1, 10, 1000, 0.45), 0,
         lambda: torch_rates(lambda o: t.OneCycleLR(o, 0.1, T, pct_start=0.45, div_factor=10, final_div_factor=100), 0.1, T)),
        ("warmup", "warmup(constant(0.1))", constant(0.1), 5,
         lambda: torch_rates(lambda o: t.LinearLR(o, 1.0 / 25, total_iters=24), 0.1, T)),
        ("warmup_cosine", "warmup(cosine(0.1, min = 0.001), epochs = 2)", cosine(0.1, 0.001), 2,
         lambda: torch_rates(warmed(10, lambda o: t.CosineAnnealingLR(o, T - 10, 0.001)), 0.1, T)),
        ("warmup_step", "warmup(step(0.1, every = 2, factor = 0.5), epochs = 1)", step(0.1, 2, 0.5), 1,
         lambda: torch_rates(warmed(5, lambda o: t.StepLR(o, 2 * S, 0.5)), 0.1, T)),
        ("warmup_exponential", "warmup(exponential(0.1, factor = 0.9), epochs = 1)", exponential(0.1, 0.9), 1, None),
        ("warmup_one_cycle", "warmup(one_cycle(0.1, start = 4), epochs = 1)", one_cycle(0.1, 4), 1, None),
        ("warmup_longer_than_the_run", "warmup(cosine(0.1), epochs = 10)", cosine(0.1), 10, None),
    ]
    found = []
    for name, text, decay, warmup, other in table:
        rates = run(decay, S, T, warmup)
        if other is not None:
            worst = max(abs(a - b) for a, b in zip(rates, other(), strict=True))
            assert worst < 1e-12, (name, worst)
        found.append({"name": name, "schedule": text, "steps_per_epoch": S, "total_steps": T, "lr": rates})
    return found

"""Cases for joins, products, and the same values in other shapes."""

import torch
import torch.nn.functional as F

import network as n
from cases import collect
from functions import graph, of_one


def join(text, function, *branches):
    """`concat < < a >, < b > >`: what flows goes through each branch."""
    chains = [n.chain(branch) for branch in branches]

    def run(x, scope):
        name = scope.name(text.split("(")[0])
        return function([chain.run(x, scope.inside(f"{name}.{i + 1}")) for i, chain in enumerate(chains)])

    return n.Stage(f"{text} < {', '.join(chain.text for chain in chains)} >", run)


def joins(c):
    d = n.dense
    c.add("concat", n.source(3), join("concat", lambda v: torch.cat(v, -1), [d(4)], [d(2)], [d(3)]), d(2), width=3)
    first = join("concat(axis = 0)", lambda v: torch.cat(v, 1), [d(3)], [d(3)])
    c.add("concat_first_axis", n.source(2, 3), first, d(2), shape=(2, 3))
    c.add("stack", n.source(3), join("stack", lambda v: torch.stack(v, 1), [d(4)], [d(4)]), d(2), width=3)
    c.add("stack_last", n.source(2, 3), join("stack(axis = -1)", lambda v: torch.stack(v, -1), [d(3)], [d(3)], [d(3)]), d(2), shape=(2, 3))
    for name, function in {
        "add": lambda v: v[0] + v[1] + v[2], "multiply": lambda v: v[0] * v[1] * v[2], "average": lambda v: (v[0] + v[1] + v[2]) / 3,
        "maximum": lambda v: torch.maximum(torch.maximum(v[0], v[1]), v[2]), "minimum": lambda v: torch.minimum(torch.minimum(v[0], v[1]), v[2]),
    }.items():
        c.add(f"{name}_branches", n.source(3), join(name, function, [d(4)], [d(4)], [d(4)]), d(2), width=3)
        c.add(f"{name}_stretched", n.source(2, 3), join(name, function, [d(4)], [d(1)], [d(4)]), d(2), shape=(2, 3))


def shapes(c):
    def between(name, text, function, shape=(3, 4), **more):
        c.add(name, n.source(*shape), n.dense(shape[-1]), of_one(text, function), n.dense(2), shape=shape, **more)

    between("reshape", "reshape(2, 6)", lambda x: x.reshape(-1, 2, 6))
    between("reshape_flat", "reshape(12)", lambda x: x.reshape(-1, 12))
    between("permute", "permute(1, 0)", lambda x: x.permute(0, 2, 1))
    between("permute_three", "permute(2, 0, 1)", lambda x: x.permute(0, 3, 1, 2), shape=(2, 3, 4))
    between("transpose", "transpose", lambda x: x.transpose(1, 2))
    between("transpose_three", "transpose", lambda x: x.transpose(2, 3), shape=(2, 3, 4))
    between("slice", "slice(0, 1, 3)", lambda x: x[:, 1:3])
    between("slice_steps", "slice(-1, 0, 4, step = 2)", lambda x: x[:, :, 0:4:2])
    between("reverse", "reverse", lambda x: x.flip(1))
    between("reverse_last", "reverse(-1)", lambda x: x.flip(2))
    between("repeat_vector", "repeat_vector(3)", lambda x: x[:, None].expand(-1, 3, -1), shape=(4,))
    between("repeat_vector_matrix", "repeat_vector(2)", lambda x: x[:, None].expand(-1, 2, -1, -1))
    between("expand", "expand", lambda x: x[:, None])
    between("expand_middle", "expand(1)", lambda x: x[:, :, None])
    between("squeeze", "squeeze", lambda x: x[:, 0], shape=(1, 4))
    between("squeeze_middle", "squeeze(1)", lambda x: x[:, :, 0], shape=(3, 1, 4))


def products(c):
    matrices = lambda x: (x[:, :6].reshape(-1, 2, 3), x[:, 6:].reshape(-1, 3, 4))
    text = "(a: [2, 3], b: [3, 4]) { (a |> dense(3)) @ (b |> dense(4)) }"
    product = lambda x, dense: (dense("dense_1", matrices(x)[0], 3) @ dense("dense_2", matrices(x)[1], 4)).flatten(1)
    c.add("matmul", graph(text, product), width=18)

    def parameters(text, shapes, function, width):
        """A network whose parameters are declared in its text."""

        def run(x, scope):
            declared = [scope.store.tensor(name, lambda g, s=shape: 0.6 * g.standard_normal(s)) for name, shape in shapes.items()]
            return function(x, *declared).flatten(1)

        return n.Stage(text, run), width

    cases = {
        "matmul_fixed_right": parameters(
            "(x: [2, 3]) { param w: [3, 4] = zeros; x @ w }", {"w": (3, 4)}, lambda x, w: x.reshape(-1, 2, 3) @ w, 6),
        "matmul_fixed_left": parameters(
            "(x: [2, 3]) { param w: [4, 2] = zeros; w @ x }", {"w": (4, 2)}, lambda x, w: w @ x.reshape(-1, 2, 3), 6),
        "matmul_vectors": parameters(
            "(x: [2, 3]) { param v: [2] = zeros; param w: [3] = zeros; concat(v @ x, x @ w) }", {"v": (2,), "w": (3,)},
            lambda x, v, w: torch.cat([v @ x.reshape(-1, 2, 3), x.reshape(-1, 2, 3) @ w], 1), 6),
        "matmul_many": parameters(
            "(x: [2, 2, 3]) { param w: [2, 3, 2] = zeros; x @ w }", {"w": (2, 3, 2)}, lambda x, w: x.reshape(-1, 2, 2, 3) @ w, 12),
    }
    for name, (stage, width) in cases.items():
        c.add(name, stage, width=width)
    pair = lambda x, dense: (dense("dense_1", x[:, :6].reshape(-1, 2, 3), 3), dense("dense_2", x[:, 6:].reshape(-1, 2, 3), 3))
    head = "(a: [2, 3], b: [2, 3]) { let p = a |> dense(3); let q = b |> dense(3); %s }"
    c.add("dot", graph(head % "dot(p, q)", lambda x, dense: (lambda p, q: (p * q).sum(-1))(*pair(x, dense))), width=12)
    c.add("dot_one", graph(head % "dot(p, q[0])", lambda x, dense: (lambda p, q: (p * q[:, :1]).sum(-1))(*pair(x, dense))), width=12)
    cosine = lambda p, q: F.cosine_similarity(p, q, dim=-1)
    c.add("cosine_similarity", graph(head % "cosine_similarity(p, q)", lambda x, dense: cosine(*pair(x, dense))), width=12)
    c.add("cosine_similarity_one", graph(head % "cosine_similarity(p, q[1])", lambda x, dense: (lambda p, q: cosine(p, q[:, 1:]))(*pair(x, dense))), width=12)


def cases():
    return collect("shaping", (joins, shapes, products))

//! The networks of the published runs: texts of `benches/published`, of `benches/tasks` and of `examples`.

nn_runtime::network! { file "published/matexp.nn" }
nn_runtime::network! { file "published/rtneural.nn" }
nn_runtime::network! { file "tasks/lenet.nn" }
nn_runtime::network! { file "../examples/chargpt/chargpt.nn" }

//! The networks that are measured: the texts of `benches/tasks`.

nn_runtime::network! { file "tasks/iris.nn" }
nn_runtime::network! { file "tasks/mlp.nn" }
nn_runtime::network! { file "tasks/lenet.nn" }
nn_runtime::network! { file "tasks/resnet.nn" }
nn_runtime::network! { file "tasks/lstm.nn" }
nn_runtime::network! { file "tasks/gpt.nn" }

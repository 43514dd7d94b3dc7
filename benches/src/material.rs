//! What all contestants of a task begin with: the same weights and the same examples, as files of `f32` tensors.
//!
//! The examples are noise and so are their classes: what is timed does not depend on them, and no network learns them by heart so well
//! that its gradients vanish, which would make arithmetic slow.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::task::Task;

/// Batches of a task; a step takes the next one, after the last the first.
pub const BATCHES: usize = 8;

/// How many losses are compared.
pub const COMPARED: usize = 5;

/// The examples of a task.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples {
    /// [`BATCHES`] batches of inputs, row by row; ids are whole numbers.
    pub inputs: Vec<f32>,
    /// The class of each example, or of each position of each example.
    pub classes: Vec<usize>,
}

/// Where the weights of a task lie.
pub fn weights_file(folder: &Path, task: &str) -> PathBuf {
    folder.join(format!("{task}.weights.safetensors"))
}

/// Where the examples of a task lie.
pub fn data_file(folder: &Path, task: &str) -> PathBuf {
    folder.join(format!("{task}.data.safetensors"))
}

/// A tensor of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Its extents.
    pub shape: Vec<usize>,
    /// Its values, the last axis fastest.
    pub values: Vec<f32>,
}

/// All tensors of a file of `f32`, by name.
///
/// # Errors
/// If the file cannot be read.
pub fn tensors(path: &Path) -> Result<BTreeMap<String, Tensor>, Box<dyn Error>> {
    let file = fs::read(path)?;
    let found = SafeTensors::deserialize(&file)?;
    let tensor = |view: &TensorView<'_>| {
        let bytes = view.data().chunks_exact(4);
        let values = bytes.map(|bytes| f32::from_le_bytes(bytes.try_into().expect("four bytes"))).collect();
        Tensor { shape: view.shape().to_vec(), values }
    };
    Ok(found.iter().map(|(name, view)| (name.to_owned(), tensor(&view))).collect())
}

impl Examples {
    /// The examples of a task: always the same.
    pub fn of(task: &Task) -> Self {
        let mut noise = Noise(task.name.len() as u64);
        let rows = BATCHES * task.batch;
        let inputs = rows * task.input.iter().product::<usize>();
        let input = |noise: &mut Noise| match task.vocabulary {
            Some(ids) => noise.below(ids) as f32,
            None => noise.signed(),
        };
        Examples {
            inputs: (0..inputs).map(|_| input(&mut noise)).collect(),
            classes: (0..rows * task.targets).map(|_| noise.below(task.classes)).collect(),
        }
    }

    /// Writes `inputs` and `targets`, classes as `f32` too.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn write(&self, task: &Task, folder: &Path) -> Result<(), Box<dyn Error>> {
        let rows = BATCHES * task.batch;
        let shape = |more: &[usize]| [&[rows], more].concat();
        let bytes = |values: &mut dyn Iterator<Item = f32>| values.flat_map(f32::to_le_bytes).collect::<Vec<u8>>();
        let inputs = bytes(&mut self.inputs.iter().copied());
        let targets = bytes(&mut self.classes.iter().map(|&class| class as f32));
        let positions: &[usize] = if task.targets == 1 { &[] } else { &[task.targets] };
        let tensors = [
            ("inputs", TensorView::new(Dtype::F32, shape(task.input), &inputs)?),
            ("targets", TensorView::new(Dtype::F32, shape(positions), &targets)?),
        ];
        Ok(fs::write(data_file(folder, task.name), serialize(tensors, None)?)?)
    }

    /// Reads what [`Examples::write`] has written.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(task: &str, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut tensors = tensors(&data_file(folder, task))?;
        let mut values = |name: &str| {
            let tensor = tensors.remove(name).ok_or_else(|| format!("there are no {name} in the data of {task}"));
            tensor.map(|tensor| tensor.values)
        };
        let classes = values("targets")?.into_iter().map(|class| class as usize).collect();
        Ok(Examples { inputs: values("inputs")?, classes })
    }
}

/// Random numbers: SplitMix64. Source: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Uniform below a small number.
    fn below(&mut self, end: usize) -> usize {
        (((self.next() >> 32) * end as u64) >> 32) as usize
    }

    /// Uniform between -1.7 and 1.7: about mean 0 and variance 1.
    fn signed(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1 << 23) as f32 * 1.7 - 1.7
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCHES, Examples, data_file, tensors};
    use crate::task::{TASKS, Task};

    #[test]
    fn examples_are_what_a_task_takes() {
        for task in &TASKS {
            let examples = Examples::of(task);
            assert_eq!(examples.classes.len(), BATCHES * task.batch * task.targets, "{}", task.name);
            // Every class occurs, and none beyond.
            assert_eq!(examples.classes.iter().max(), Some(&(task.classes - 1)), "{}", task.name);
            assert_eq!(examples.classes.iter().min(), Some(&0), "{}", task.name);
            let (sum, squares) = examples.inputs.iter().fold((0.0, 0.0), |(s, q), &x| (s + x, q + x * x));
            let count = examples.inputs.len() as f32;
            if task.vocabulary.is_none() {
                assert!((sum / count).abs() < 0.1 && (squares / count - 1.0).abs() < 0.1, "{}", task.name);
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let folder = std::env::temp_dir().join(format!("nn-benches-material-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        for name in ["iris", "gpt"] {
            let task = Task::named(name).expect("a task");
            let examples = Examples::of(task);
            examples.write(task, &folder).expect("written");
            assert_eq!(Examples::read(name, &folder).expect("read"), examples);
            let inputs = &tensors(&data_file(&folder, name)).expect("read")["inputs"];
            assert_eq!(inputs.shape, [&[BATCHES * task.batch], task.input].concat());
        }
        std::fs::remove_dir_all(&folder).expect("removed");
    }
}

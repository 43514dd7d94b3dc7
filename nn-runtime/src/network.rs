//! What generated methods call: new weights, predictions, losses and gradients of a whole batch.

//! One training step without allocation: shards, their sum, penalties, clip, update.

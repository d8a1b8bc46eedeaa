//! A client of quicprochat, written from `spec/`.

pub mod account;
pub mod blobs;
pub mod connection;
pub mod content;
pub mod directory;
pub mod envelope;
pub mod error;
pub mod events;
mod frames;
pub mod identity;
mod keys;
pub mod merkle;
pub mod messenger;
mod methods;
pub mod mls;
pub mod padding;
pub mod session;
mod trust;

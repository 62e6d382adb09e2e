//! Helps detectors' tests.

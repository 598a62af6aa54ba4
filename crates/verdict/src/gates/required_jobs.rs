//! Did each job that this one needs end as it may?

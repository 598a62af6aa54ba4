//! What a pipeline costs and what it delivers: durations, queue times, flakes, hits of caches, and the four
//! figures of DORA. Data in, data out.

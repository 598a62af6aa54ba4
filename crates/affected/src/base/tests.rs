//! Every row of the table of bases, on a history in memory.

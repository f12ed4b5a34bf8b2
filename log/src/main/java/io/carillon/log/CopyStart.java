package io.carillon.log;

/** What became of the wish to copy a log. */
public sealed interface CopyStart permits CopyListing, CopyEnded {}

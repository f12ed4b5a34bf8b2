package io.carillon.log;

/** There is no such copy, or no more of it. Whoever made it may begin anew, and keep what he has. */
public record CopyEnded(String why) implements CopyStart, CopyAnswer {}

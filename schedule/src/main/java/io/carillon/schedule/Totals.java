package io.carillon.schedule;

/**
 * What waits in all.
 *
 * @param messages how many
 * @param bytes how large their records are
 * @param firstDueMs when the first one is due, in epoch ms; 0 when there is none
 * @param lastDueMs when the last one is due
 */
public record Totals(long messages, long bytes, long firstDueMs, long lastDueMs) {}

package io.carillon.bench;

import java.time.Duration;

/**
 * How long the parts of a round last.
 *
 * @param burnIn of each server once, before the first round: Apache's cost falls for about a minute as its code is compiled
 * @param warmup before each measurement
 */
record Timing(Duration burnIn, Duration warmup, Duration duration) {}

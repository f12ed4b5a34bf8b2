/** Starts servers as processes, speaks raw frames to them and judges the history of what they answered. */
@NullMarked
package io.carillon.systemtests.harness;

import org.jspecify.annotations.NullMarked;

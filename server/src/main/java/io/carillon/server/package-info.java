/** The process: command line, configuration, threads, wiring. */
@NullMarked
package io.carillon.server;

import org.jspecify.annotations.NullMarked;

/** The broker: produce, consume and administer above one log; no protocol, no socket. */
@NullMarked
package io.carillon.broker;

import org.jspecify.annotations.NullMarked;

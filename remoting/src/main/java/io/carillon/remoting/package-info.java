/** Apache RocketMQ's remoting protocol: frames, headers, and the server and client that carry them. */
@NullMarked
package io.carillon.remoting;

import org.jspecify.annotations.NullMarked;

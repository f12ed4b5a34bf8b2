/** FRONT: the request codes of RocketMQ's remoting protocol over broker and name server. */
@NullMarked
package io.carillon.rocketmq;

import org.jspecify.annotations.NullMarked;

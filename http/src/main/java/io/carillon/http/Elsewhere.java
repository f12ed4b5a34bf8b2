package io.carillon.http;

import io.carillon.base.Secret;
import java.net.InetSocketAddress;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Of a node that may not be the one that serves the API: who does it for it.
 *
 * @param target where the API is served, with the host name looked up, by a port of this kind that is encrypted if this one
 *     is; says null while the engine here is to answer. Asked by event loops
 * @param secret what the nodes know and nobody else, by which they take each other's word for who asks; empty for none
 */
public record Elsewhere(Supplier<@Nullable InetSocketAddress> target, Secret secret) {}

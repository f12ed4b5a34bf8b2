package io.carillon.remoting;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a peer answered to a request of ours.
 *
 * @param body empty when there is none
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier of bytes that is never compared
public record Response(int code, @Nullable String remark, Map<String, String> ext, byte[] body) {}

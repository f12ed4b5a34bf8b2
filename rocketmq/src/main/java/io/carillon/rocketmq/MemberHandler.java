package io.carillon.rocketmq;

import io.carillon.broker.metadata.Members;
import io.carillon.remoting.BadRequest;
import io.carillon.remoting.Dispatcher;
import io.carillon.remoting.Request;
import io.carillon.remoting.RequestCode;
import java.util.Objects;

/**
 * A member of this broker's group tells its leader where clients and the other members reach it, and where it serves HTTP, if
 * it does (Carillon's own request code 9530).
 */
final class MemberHandler implements Handlers {
    private static final int ADDRESS_MAX = 300;

    private static final int PORT_MAX = 65_535;

    private final Members members;

    MemberHandler(Members members) {
        this.members = members;
    }

    @Override
    public void register(Dispatcher dispatcher) {
        dispatcher.on(RequestCode.MEMBER_HERE, this::here);
    }

    private void here(Request request) {
        int node = request.requiredInt("node");
        String address = request.required("address");
        String peer = request.required("peer");
        String http = Objects.requireNonNullElse(request.ext("http"), "");
        if (node < 1 || !isAddress(address) || !isAddress(peer) || !(http.isEmpty() || isAddress(http))) {
            throw new BadRequest("node must be from 1 on, and address, peer and, if any, http must be a host:port");
        }
        members.put(node, address, peer, http, Aside.whenDone(request.replyTo()));
    }

    private static boolean isAddress(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        return colon > 0
                && text.length() <= ADDRESS_MAX
                && !text.substring(0, colon).isBlank()
                && port.matches("\\d{1,5}")
                && Integer.parseInt(port) >= 1
                && Integer.parseInt(port) <= PORT_MAX;
    }
}

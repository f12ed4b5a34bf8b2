package io.carillon.server;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.UnknownHostException;
import java.util.Optional;

/** Where a server listens and what it tells clients, and whether it may. */
final class Addresses {
    private final InetAddress bind;
    private final String advertised;

    private Addresses(InetAddress bind, String advertised) {
        this.bind = bind;
        this.advertised = advertised;
    }

    /** @throws StartFailure when the address is none, or other machines can reach it and nobody said that they may */
    static Addresses of(ServerConfig config) {
        InetAddress bind = resolve(config.bind());
        if (!bind.isLoopbackAddress() && !config.security().enabled() && !config.insecure()) {
            throw new StartFailure(
                    ExitCode.USAGE,
                    "refusing to listen on " + config.bind()
                            + ": other machines can reach it, and there are no users, so "
                            + "that everybody could read and write every topic; listen on 127.0.0.1, or say --secure to have "
                            + "users, or --insecure to have none");
        }
        return new Addresses(bind, advertised(config, bind));
    }

    private static InetAddress resolve(String bind) {
        try {
            return InetAddress.getByName(bind);
        } catch (UnknownHostException e) {
            throw new StartFailure(ExitCode.USAGE, "no address for --bind " + bind + ": " + e.getMessage(), e);
        }
    }

    private static String advertised(ServerConfig config, InetAddress bind) {
        if (!config.advertise().isBlank()) {
            return config.advertise().strip();
        }
        return bind.isAnyLocalAddress() ? ofThisMachine() : bind.getHostAddress();
    }

    /** The first address that other machines may know this one by; the loopback address when there is none. */
    private static String ofThisMachine() {
        try {
            Optional<InetAddress> found = NetworkInterface.networkInterfaces()
                    .filter(Addresses::isUp)
                    .flatMap(NetworkInterface::inetAddresses)
                    .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
                    .findFirst();
            return found.map(InetAddress::getHostAddress).orElse("127.0.0.1");
        } catch (IOException e) {
            throw new StartFailure(ExitCode.FAULT, "cannot list the network interfaces, say --advertise: " + e, e);
        }
    }

    private static boolean isUp(NetworkInterface network) {
        try {
            return network.isUp();
        } catch (IOException e) {
            return false; // gone between the listing and the question
        }
    }

    /** The address to listen on. */
    InetAddress bind() {
        return bind;
    }

    /** The address, without a port, that clients are told. */
    String advertised() {
        return advertised;
    }
}

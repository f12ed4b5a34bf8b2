package io.carillon.rocketmq;

/**
 * How this broker is known to name servers and clients.
 *
 * @param name the broker group's name
 * @param id 0 for the master
 * @param term in which the master leads its group, which rises with each new one; 0 where there is no group
 * @param address where clients reach it, {@code host:port}
 * @param haAddress where slaves reach it, {@code host:port}
 */
public record BrokerIdentity(String cluster, String name, long id, String address, String haAddress, long term) {}

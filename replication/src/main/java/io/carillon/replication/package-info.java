/**
 * The log of a group of brokers: ordered and brought to all of them by a Raft library, whose log it is.
 *
 * <p>Begin reading at {@link io.carillon.replication.RaftGroup}, one member's part. {@link
 * io.carillon.replication.RaftEngine} sets up the library over our log ({@link io.carillon.replication.RaftLogStorage}, {@link
 * io.carillon.replication.RaftSnapshots}, {@link io.carillon.replication.RaftMeta}), {@link
 * io.carillon.replication.RaftMachine} lets take effect what is agreed on. {@link io.carillon.replication.Membership} changes
 * who is in the group, {@link io.carillon.replication.Joining} is how one begins that may have lost what it had, and {@link
 * io.carillon.replication.FileCopy} brings the files of the leader's log. Members ask each other over {@link
 * io.carillon.replication.GroupLine} what the library does not know. No name of the library goes out of this package.
 */
@NullMarked
package io.carillon.replication;

import org.jspecify.annotations.NullMarked;

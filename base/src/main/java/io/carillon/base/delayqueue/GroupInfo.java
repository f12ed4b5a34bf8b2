package io.carillon.base.delayqueue;

/** A group that exists. */
public record GroupInfo(Requests.Where where, GroupSettings settings, boolean isPaused) {}

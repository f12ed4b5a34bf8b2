package io.carillon.base.delayqueue;

/**
 * What became of dead letters. Of ids that are in neither number the engine had to leave off: they are dead letters still.
 *
 * @param redriven how many are due again
 * @param unknown how many of the ids that were asked for are no dead letters
 */
public record Redriven(int redriven, int unknown) {}

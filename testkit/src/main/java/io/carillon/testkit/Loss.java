package io.carillon.testkit;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * What a power loss takes of all that was not forced. Decisions are drawn in a fixed order, so a seed always gives the
 * same loss.
 */
public abstract sealed class Loss {
    private Loss() {}

    /** Everything that was not forced is gone: the least that any disk keeps. */
    public static Loss everything() {
        return new Fixed(false);
    }

    /** Nothing is gone, as after the end of the process alone. */
    public static Loss nothing() {
        return new Fixed(true);
    }

    /**
     * Each sector keeps some version between the forced and the newest one, independently of all others; file sizes
     * and names likewise. Where a file grew and its bytes did not make it, zeros or garbage are found.
     */
    public static Loss seeded(long seed) {
        return new Seeded(seed);
    }

    /** Bytes that are written as one. */
    abstract int sectorBytes();

    /** Which of {@code count + 1} versions, 0 being the forced one, survives. */
    abstract int version(int count);

    abstract boolean isKept();

    /** What is found where a file grew without its data. */
    abstract byte filler();

    private static final class Fixed extends Loss {
        private final boolean isAllKept;

        private Fixed(boolean isAllKept) {
            this.isAllKept = isAllKept;
        }

        @Override
        int sectorBytes() {
            return 4096;
        }

        @Override
        int version(int count) {
            return isAllKept ? count : 0;
        }

        @Override
        boolean isKept() {
            return isAllKept;
        }

        @Override
        byte filler() {
            return 0;
        }
    }

    private static final class Seeded extends Loss {
        private final RandomGenerator random;
        private final int sectorBytes;
        private final double keep;
        private final boolean isGarbageLeft;

        private Seeded(long seed) {
            random = new SplittableRandom(seed);
            sectorBytes = random.nextBoolean() ? 512 : 4096;
            keep = new double[] {0.1, 0.5, 0.9}[random.nextInt(3)];
            isGarbageLeft = random.nextBoolean();
        }

        @Override
        int sectorBytes() {
            return sectorBytes;
        }

        @Override
        int version(int count) {
            double draw = random.nextDouble();
            if (draw < keep * 0.8) {
                return count;
            }
            return draw < keep ? random.nextInt(count + 1) : 0;
        }

        @Override
        boolean isKept() {
            return random.nextDouble() < keep;
        }

        @Override
        byte filler() {
            return isGarbageLeft ? (byte) random.nextInt() : 0;
        }
    }
}

package io.carillon.rocketmq;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * PORT: the settings of a server that may be changed while it runs, by the keys and in the text form of its
 * configuration. Any thread may call.
 */
public interface LiveSettings {
    /** What came of a wish for a change. */
    sealed interface Outcome {
        /** All of it is in force, and will be after a restart. */
        record Changed() implements Outcome {}

        /**
         * Nothing was changed.
         *
         * @param faults by key: what is wrong with the wish, as the rest of a sentence that begins with the key; by the
         *     empty key what is wrong with all of it
         */
        record Refused(SortedMap<String, String> faults) implements Outcome {
            public Refused {
                faults = Collections.unmodifiableSortedMap(new TreeMap<>(faults));
            }
        }
    }

    /** Each setting that may be changed with the value that is in force. */
    SortedMap<String, String> inForce();

    /**
     * Changes all of these settings or none. When it returns, the change is durable and in force. May wait for the disk.
     *
     * @param wanted text by key; a key that is not among those that may be changed is refused
     * @param by who wants it and from where, for the record
     * @throws io.carillon.base.CarillonException.StorageFault when it could not be stored: it is not in force then, and the next
     *     start may find it or not
     */
    Outcome change(Map<String, String> wanted, String by);

    /** Of a server whose settings are fixed. */
    LiveSettings NONE = new LiveSettings() {
        @Override
        public SortedMap<String, String> inForce() {
            return Collections.emptySortedMap();
        }

        @Override
        public Outcome change(Map<String, String> wanted, String by) {
            SortedMap<String, String> faults = new TreeMap<>();
            wanted.keySet().forEach(key -> faults.put(key, "is set when the server starts"));
            return new Outcome.Refused(faults);
        }
    };
}

package io.carillon.server;

import io.carillon.base.CarillonException.StorageFault;
import io.carillon.log.FileStorage;
import io.carillon.server.Changeable.Owner;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a process keeps the settings that are changed while it runs: in the data folder, which a broker has anyway. A name
 * server by itself takes a part of one when something is changed for the first time, so that two of them which were
 * started with the same folder do not write over each other. Any thread may call.
 */
final class SettingsFolder implements AutoCloseable {
    private static final String NAME_SERVER_LOCK = "nameserver.lock";

    private final Path folder;
    private @Nullable DataLock nameServerLock;

    SettingsFolder(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** @throws StorageFault when another process keeps its settings there */
    synchronized SettingsFile fileOf(Owner owner) {
        if (owner == Owner.NAME_SERVER && nameServerLock == null) {
            nameServerLock = lock();
        }
        return new SettingsFile(new FileStorage(folder), owner.file());
    }

    private DataLock lock() {
        try {
            return DataLock.take(folder, NAME_SERVER_LOCK);
        } catch (StartFailure e) {
            throw new StorageFault(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public synchronized void close() {
        if (nameServerLock != null) {
            nameServerLock.close();
            nameServerLock = null;
        }
    }
}

package io.carillon.log;

import io.carillon.base.Storage;
import java.util.List;

/** A folder of a data folder as one of its own. */
public record FolderOf(Storage whole, String folder) implements Storage {
    private String path(String name) {
        return name.isEmpty() ? folder : folder + "/" + name;
    }

    @Override
    public File open(String name) {
        return whole.open(path(name));
    }

    @Override
    public Source openAside(String name) {
        return whole.openAside(path(name));
    }

    @Override
    public boolean exists(String name) {
        return whole.exists(path(name));
    }

    @Override
    public List<String> list(String name) {
        return whole.list(path(name));
    }

    @Override
    public void rename(String from, String to) {
        whole.rename(path(from), path(to));
    }

    @Override
    public void delete(String name) {
        whole.delete(path(name));
    }

    @Override
    public void forceFolder(String name) {
        whole.forceFolder(path(name));
    }

    @Override
    public long usableBytes() {
        return whole.usableBytes();
    }

    @Override
    public long totalBytes() {
        return whole.totalBytes();
    }
}

package io.forebay.store;

import java.nio.file.Path;

/** The contract, on a disk. */
class DiskBlobStoreTest extends BlobStoreContract {
    @Override
    BlobStore open(Path path) {
        return DiskBlobStore.open(StoreOptions.in(path));
    }
}

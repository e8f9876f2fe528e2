"""Every rule about people: who may be counted, kept, shown and found. Its SQL is in `storage.privacy_*`."""

-- Last of all: whoever caches the catalog reads it anew.
notify fmw, 'schema';

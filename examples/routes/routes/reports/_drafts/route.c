Nobody compiles this, for the folder is private.

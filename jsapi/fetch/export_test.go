package fetch

// ReadSteering is for the fuzz target.
var ReadSteering = readSteering

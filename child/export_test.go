package child

// ReadyTime is how long a child may take to be ready.
const ReadyTime = readyTime

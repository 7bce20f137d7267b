"""Edge: real networks and real data. Only this folder imports torch, and only when asked."""

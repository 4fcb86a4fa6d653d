"""What OpenTelemetry hears of runs, with exporters in memory."""

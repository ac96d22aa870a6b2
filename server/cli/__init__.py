"""The commands of the operator, on the machine where Rekey runs. `app.py` has them all."""

"""Electricity companies, whose customer systems speak the columns of CMIS."""

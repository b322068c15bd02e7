"""The tax office: signed XML over SOAP (TCT_GPC, TCT_TVTBT, TCT_TVNVTC, TCT_TVHSSC)."""

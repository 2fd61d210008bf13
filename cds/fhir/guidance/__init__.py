"""An answer as FHIR R4: a Bundle of GuidanceResponse, RequestGroup and proposals, by HL7's draft of CDS Hooks as clinical reasoning.

It is made of the cards as they stand in the record of the decision, so that both renderings say the same.
"""

"""Back Pain CDS: questionnaire-driven clinical decision support with FHIR in and out.

Not a medical device, not reviewed by a clinician, not for use in care.
"""

__version__ = "0.1.0"
